// The page's style sheet: light and dark, phone and print. Model colours are distinguishable with colour-vision
// deficiency, and each model also has its own marker.

enum PageStyle {
    static let css = """
        :root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1c2025;--soft:#565e69;--rule:#e3dfd6;
        --grid:#ece9e2;--link:#0a5a96;--good:#0a5f9e;--bad:#b3400a;--unsure:#6b5600;--band:#eaf1f6;--ran:#cfe3f2;
        --stored:#ecebe6;--failed:#f6d3c2;--waits:#f3e8bd;--f0:#0072b2;--f1:#c44f00;--f2:#00835c;--f3:#a14a88;
        --f4:#806200;--f5:#56616c}
        @media(prefers-color-scheme:dark){:root{--paper:#13161a;--card:#1a1e24;--ink:#eae7e1;--soft:#a7afba;
        --rule:#323841;--grid:#272c34;--link:#7cc0f5;--good:#7cc0f5;--bad:#ff9f6b;--unsure:#e0c158;--band:#1f2b36;
        --ran:#1f3e57;--stored:#2a2f36;--failed:#5a2a15;--waits:#4a3f14;--f0:#5ab4f0;--f1:#ff9352;--f2:#3dcf9f;
        --f3:#ee9ad0;--f4:#e0c158;--f5:#aab5c0}}
        *{box-sizing:border-box}
        html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--paper);color:var(--ink);
        font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        header,main,footer{max-width:1180px;margin:0 auto;padding:0 clamp(16px,4vw,40px)}
        header{padding-top:clamp(24px,5vw,56px)}
        h1,h2,h3{font-family:"Iowan Old Style","Palatino Linotype",Palatino,P052,"Source Serif 4",Georgia,"Noto Serif","Liberation Serif",serif;
        line-height:1.2;text-wrap:balance;font-weight:600}
        h1{font-size:clamp(1.6rem,1rem + 2.5vw,2.6rem);max-width:26em;margin:.2em 0 .5em;letter-spacing:-.01em}
        h2{font-size:1.6rem;margin:0 0 .3em}
        h3{font-size:1.12rem;margin:0 0 .2em}
        p{max-width:46em;margin:.4em 0 .8em}
        h1,h2,h3,p,li,dt,dd,summary{overflow-wrap:anywhere}
        a{color:var(--link);text-underline-offset:2px}
        :focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
        .skip{position:absolute;left:-999px}
        .skip:focus{left:16px;top:12px;background:var(--card);padding:8px 12px;z-index:2}
        .eyebrow{color:var(--soft);font-size:.9rem;margin:0}
        .lede{font-size:1.12rem}
        .soft{color:var(--soft);font-size:.9rem}
        ul.plain,ul.soft{padding-left:1.2em;margin:.4em 0 1em}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));margin:1.6em 0;padding:0;
        border-top:2px solid var(--ink)}
        .figures>div{padding:.7em 1em .8em 0;border-bottom:1px solid var(--rule)}
        .figures dt{font-size:.85rem;color:var(--soft);display:flex;gap:.4em;align-items:center}
        .figures dd{margin:0;font-size:1.55rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.25}
        .figures dd+dd{font-size:.85rem;font-weight:400;color:var(--soft)}
        .note{border-left:4px solid var(--unsure);background:var(--card);padding:.6em 1em;max-width:none;margin:.6em 0}
        ul.warnings{font-size:.88rem;margin:-.4em 0 1.4em;padding-left:2.2em;overflow-wrap:anywhere}ul.warnings li{margin:.2em 0}
        .note.bad{border-color:var(--bad)}
        nav ul{display:flex;flex-wrap:wrap;gap:.2em 1.2em;list-style:none;padding:0;margin:0 0 1em;font-size:.92rem}
        section{padding:2.2em 0;border-top:1px solid var(--rule)}
        .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:28px 36px;
        align-items:start}
        figure{margin:0 0 1em;min-width:0}
        figure.wide{margin-top:1.2em}
        figcaption{font-size:.88rem;color:var(--soft);margin-top:.3em}
        .confusion{width:min(1700px,100vw - 40px);margin-left:calc(50% - min(850px,50vw - 20px));display:flex;
        flex-wrap:wrap;justify-content:center;gap:0 36px;align-items:flex-start}
        .confusion>figure{max-width:100%}.confusion>div{flex:1 1 320px;min-width:0;max-width:min(560px,100%)}
        .legend{display:flex;flex-wrap:wrap;gap:.1em 1.1em;list-style:none;margin:.2em 0;padding:0;font-size:.86rem}
        .legend li{display:flex;gap:.4em;align-items:center}
        .scroll{overflow-x:auto;max-width:100%}
        figure svg[role=img]{display:block;width:100%;max-width:580px;height:auto;overflow:visible}
        .scroll svg[role=img]{width:auto;max-width:none;overflow:hidden}
        figure>svg.matrix[role=img]{width:auto;max-width:100%}
        svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:var(--ink);
        font-variant-numeric:tabular-nums}
        svg .tick{font-size:11px;fill:var(--soft)}
        svg .axis-title{font-size:11px;fill:var(--soft)}
        svg .name{font-weight:600}
        svg .small{font-size:11px}
        svg .value{fill:var(--ink)}
        .grid{stroke:var(--grid)}.axis{stroke:var(--soft)}.chosen{stroke:var(--soft);stroke-dasharray:2 3}
        .band{fill:var(--band)}
        .f0{fill:var(--f0)}.f1{fill:var(--f1)}.f2{fill:var(--f2)}.f3{fill:var(--f3)}.f4{fill:var(--f4)}
        .f5{fill:var(--f5)}
        .s0{stroke:var(--f0)}.s1{stroke:var(--f1)}.s2{stroke:var(--f2)}.s3{stroke:var(--f3)}.s4{stroke:var(--f4)}
        .s5{stroke:var(--f5)}
        .bar{opacity:.42}.faint{opacity:.55}
        .mark{stroke:var(--paper);stroke-width:1}
        .zero{stroke:var(--ink);stroke-width:1.2}.mean{fill:var(--ink);stroke:var(--paper);stroke-width:.8}
        .whisker line{stroke:var(--ink);stroke-width:1.6}
        .error line{stroke-width:2}
        .box line,.box rect{stroke-width:1.6}.box .median{stroke-width:3}
        .hollow{fill:var(--paper)}
        .curve{fill:none;stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:5 4}
        .noise{stroke-width:1;opacity:.3}
        circle.hollow{stroke-width:1.8}
        .gain{stroke:var(--good);stroke-width:2}.loss{stroke:var(--bad);stroke-width:2}
        .forecast{fill:var(--grid);stroke:var(--rule)}.expected{stroke:var(--soft);stroke-width:2}
        .actual{fill:var(--f0)}.old{opacity:.5}
        .m-ground{fill:var(--card);stroke:var(--rule)}.m-grid{stroke:var(--grid)}
        .m-right{fill:var(--f5)}.m-wrong{fill:var(--bad)}
        svg .m-small{font-size:8.6px}svg .m-middle{font-size:10.5px}svg .m-large{font-size:12px}
        svg .m-count{font-size:10px}svg .m-on{fill:var(--paper)}
        svg .on{font-weight:700;fill:var(--link)}
        .edge{fill:none;stroke:var(--soft);opacity:.55;stroke-width:1.3}
        .node{stroke:var(--soft);stroke-width:1}
        .node.cached{fill:var(--stored);stroke-dasharray:4 2}.node.ran{fill:var(--ran)}
        .node.failed{fill:var(--failed);stroke:var(--bad);stroke-width:2}
        .node.blocked,.node.waiting{fill:var(--waits);stroke-dasharray:1 2}
        svg .node-title{font-weight:600;font-size:11.5px}svg .node-text{font-size:10.5px;fill:var(--soft)}
        table{border-collapse:collapse;width:100%;font-size:.94rem;font-variant-numeric:tabular-nums;margin:.2em 0 1em}
        .caption{font-weight:600;margin:1em 0 0}
        th,td{text-align:left;padding:.42em 1em .42em 0;border-bottom:1px solid var(--rule);vertical-align:top}
        thead th{font-size:.82rem;font-weight:500;color:var(--soft);border-bottom:1.5px solid var(--ink);
        vertical-align:bottom}
        th[scope=row]{overflow-wrap:anywhere;min-width:9.5em;position:sticky;left:0;background:var(--paper)}
        th.short[scope=row]{white-space:nowrap;min-width:0}
        th.named[scope=row]{min-width:14.5em}
        .path{display:block;font-weight:400;font-size:.74rem;color:var(--soft)}
        .n{text-align:right;white-space:nowrap}.keep{white-space:nowrap}
        td.words{font-size:.86rem;color:var(--soft);min-width:13em}
        th svg{vertical-align:-2px;margin-right:.4em}
        code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
        pre{background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:1em;overflow-x:auto;
        line-height:1.5}
        pre .k{color:var(--link)}pre .c{color:var(--soft);font-style:italic}
        .verdict{font-weight:600;white-space:nowrap}
        .reproduced{color:var(--good)}.not{color:var(--bad)}.unsure{color:var(--unsure)}
        details{margin:.6em 0}
        summary{cursor:pointer;padding:.3em 0;font-weight:500}
        .filters{display:flex;flex-wrap:wrap;gap:.4em;border:0;padding:0;margin:.4em 0 1em}
        .filters legend{font-size:.85rem;color:var(--soft);padding:0 0 .3em}
        .filters input{position:absolute;opacity:0}
        .filters label{border:1px solid var(--soft);border-radius:99px;padding:.2em .9em;font-size:.9rem;cursor:pointer}
        .filters input:checked+label{background:var(--ink);color:var(--paper);border-color:var(--ink)}
        .filters input:focus-visible+label{outline:3px solid var(--link);outline-offset:2px}
        .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(148px,1fr));gap:14px;padding:0;margin:0;
        list-style:none}
        .gallery li{background:var(--card);border:1px solid var(--rule);border-radius:8px;overflow:hidden;
        font-size:.82rem;line-height:1.35;break-inside:avoid}
        .gallery img,.gallery .none{display:block;width:100%;aspect-ratio:1;object-fit:cover;background:var(--grid)}
        .gallery .none{display:grid;place-items:center;color:var(--soft);padding:1em;text-align:center}
        .gallery .shot{position:relative}.gallery .strip{display:flex;gap:2px}.gallery .strip img{flex:1 1 0;min-width:0}
        .gallery li:has(.strip),.gallery .whole,.gallery li:has(.fields){grid-column:span 2}
        .gallery .whole img{aspect-ratio:auto;height:auto}
        .gallery svg.boxes{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
        .boxes rect{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}.boxes .reference{stroke:#fff;stroke-dasharray:5 3;
        filter:drop-shadow(0 0 1px #000)}
        .boxes .m0{stroke:var(--f0)}.boxes .m1{stroke:var(--f1)}.boxes .m2{stroke:var(--f2)}.boxes .m3{stroke:var(--f3)}
        .boxes .m4{stroke:var(--f4)}.boxes .m5{stroke:var(--f5)}
        .gallery dt.m0{border-left:4px solid var(--f0);padding-left:.4em}.gallery dt.m1{border-left:4px solid var(--f1);padding-left:.4em}
        .gallery dt.m2{border-left:4px solid var(--f2);padding-left:.4em}.gallery dt.m3{border-left:4px solid var(--f3);padding-left:.4em}
        .gallery dt.m4{border-left:4px solid var(--f4);padding-left:.4em}.gallery dt.m5{border-left:4px solid var(--f5);padding-left:.4em}
        .gallery .question{padding:.5em .7em 0;margin:0;overflow-wrap:anywhere}
        .gallery dd{white-space:pre-wrap}.gallery del{background:var(--failed);color:var(--ink)}
        .gallery ins{background:var(--ran);color:var(--ink);text-decoration:none;border-bottom:2px solid var(--good)}
        .gallery .fields{width:100%;table-layout:fixed;font-size:.78rem;margin:.3em 0;white-space:normal}
        .gallery .fields th,.gallery .fields td{padding:.1em .4em .1em 0;overflow-wrap:anywhere;min-width:0;position:static}
        .gallery .file{color:var(--soft);font-size:.82rem;padding:.5em .7em 0;margin:0;overflow-wrap:anywhere}
        .gallery .true{font-weight:600;padding:.5em .7em 0;margin:0;overflow-wrap:anywhere}
        .gallery dl{margin:.2em 0 .6em;padding:0 .7em;display:grid;grid-template-columns:auto 1fr;gap:.05em .5em}
        .gallery dt{color:var(--soft)}.gallery dd{margin:0;overflow-wrap:anywhere}
        #mistakes:has(#f-gained:checked) li:not(.gained),#mistakes:has(#f-lost:checked) li:not(.lost),
        #mistakes:has(#f-all:checked) li:not(.allwrong),
        #mistakes:has(#f-first:checked) li:nth-child(n+\(Gallery.firstCards + 1)){display:none}
        footer{padding-top:1.2em;padding-bottom:3em;color:var(--soft);font-size:.88rem}
        @media screen and (max-width:600px){svg text{font-size:13.4px}svg .tick,svg .axis-title,svg .small,svg .name,svg .value{font-size:12.2px}
        .stack thead{position:absolute;left:-9999px}
        .stack,.stack tbody{display:block}
        .stack tr{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.25em 1em;padding:.6em 0;
        border-bottom:1px solid var(--rule)}
        .stack th,.stack td{border:0;padding:0}.stack th[scope=row],.stack td.words{grid-column:1/-1}
        .stack td,.stack td.n,.stack td.keep{text-align:left;white-space:normal;min-width:0}
        .stack td:empty,.stack td.none{display:none}
        .stack td::before{content:attr(data-of);display:block;font-size:.78rem;font-weight:400;color:var(--soft)}}
        @media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#ccc;--grid:#e6e6e6;--f0:#0072b2;
        --f1:#c44f00;--f2:#00835c;--f3:#a14a88;--f4:#806200;--f5:#56616c;--good:#0a5f9e;--bad:#b3400a;--unsure:#6b5600;
        --link:#000;--ran:#cfe3f2;--stored:#ecebe6;--failed:#f6d3c2;--waits:#f3e8bd;--band:#eaf1f6}
        body{font-size:10pt}header{padding-top:0}h1{font-size:19pt}h2{font-size:15pt}
        nav,.filters,.skip,details:not([open]):not(.printed){display:none}section{padding:1em 0}
        h2,h3,.caption,summary,section>p,.legend{break-after:avoid}
        .figures{margin:1em 0}.figures dd{font-size:1.2rem}
        table{font-size:8.6pt}th,td{padding-right:.7em}thead th,thead .n{white-space:normal}th.named[scope=row]{min-width:11em}
        .pair{grid-template-columns:1fr 1fr;gap:10px 22px}
        figure,tr,li,.note,.confusion>div{break-inside:avoid}.scroll{overflow:visible}.scroll svg[role=img]{max-width:100%;height:auto}
        .confusion{width:auto;margin:0}.confusion>div{flex-basis:250px}th[scope=row]{position:static}
        pre{white-space:pre-wrap}.gallery{grid-template-columns:repeat(5,1fr);gap:8px}.gallery li{font-size:7.4pt}}
        @media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        """
}
