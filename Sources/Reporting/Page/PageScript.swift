// The page's script: optional conveniences only; all content is accessible without it.

enum PageScript {
    static let javaScript = """
        addEventListener('beforeprint',()=>{for(const d of document.querySelectorAll('.printed')){
        d.removeAttribute('name');d.open=true}});
        for(const p of document.querySelectorAll('svg.plan')){
        const s=p.parentElement;s.scrollLeft=(s.scrollWidth-s.clientWidth)/2}
        for(const m of document.querySelectorAll('svg.matrix')){
        const rows=[...m.querySelectorAll('.m-row')],columns=[...m.querySelectorAll('.m-column')];
        if(!rows.length)continue;
        const near=(list,value,attribute)=>list.reduce((a,b)=>
        Math.abs(b.getAttribute(attribute)-value)<Math.abs(a.getAttribute(attribute)-value)?b:a);
        m.addEventListener('pointerover',e=>{
        for(const t of m.querySelectorAll('.on'))t.classList.remove('on');
        const cell=e.target.closest('.m-right,.m-wrong');if(!cell)return;
        const half=cell.getAttribute('height')/2;
        near(rows,+cell.getAttribute('y')+half,'y').classList.add('on');
        near(columns,+cell.getAttribute('x')+half,'x').classList.add('on')})}
        """
}
